"""One exchange seen from three places: browser, wire and process, joined into one equation.

``browser`` reads what a beacon tells · ``equation`` makes one sum of the three, with what nobody
explains as a term of its own · ``sources`` makes its parts of rows of a capture and of records ·
``diagnosis`` names what a slow exchange lost its time to.

Pure: lengths go in, lengths come out. No clock is read here and none is compared with another.
"""

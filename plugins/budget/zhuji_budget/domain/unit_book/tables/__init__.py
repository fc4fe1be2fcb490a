"""The statutory summary tables of a unit budget, one file a table, each made from the book."""

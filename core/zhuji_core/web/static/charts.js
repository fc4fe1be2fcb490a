// Draws a chart beside its table: what is drawn is what the table's cells say, and nothing else.
// Without this file, or without a canvas, the table tells the same.

const COLOURS = ["#0b5d7a", "#b3541e", "#4a6b1f", "#6b3f87"];
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
const HEIGHT = 300;

drawAll();
document.addEventListener("zhuji:renewed", drawAll);

function drawAll() {
  for (const figure of document.querySelectorAll("figure[data-chart]:not(:has(canvas))")) draw(figure);
}

function draw(figure) {
  const table = document.querySelector(`#${CSS.escape(figure.dataset.table)} table`);
  if (!table || !window.uPlot) return;
  const columns = figure.dataset.series.split(",").map(Number);
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  const rows = [...table.tBodies[0].rows];
  const names = rows.map((row) => row.cells[Number(figure.dataset.names)].textContent.trim());
  const told = bars(figure) ? names.map((name) => short(name, shared(names))) : names;
  const data = [
    names.map((_, at) => at),
    ...columns.map((column) => rows.map((row) => amount(row.cells[column].textContent))),
  ];
  const place = figure.querySelector(".plot");
  const options = {
    width: place.clientWidth,
    height: HEIGHT,
    scales: { x: { time: false, range: [-0.5, names.length - 0.5] }, y: { range: (_, __, top) => [0, top * 1.05 || 1] } },
    axes: [
      { values: (_, at) => at.map((one) => told[one] ?? ""), splits: () => spaced(data[0], bars(figure) ? Infinity : 10), rotate: bars(figure) ? -45 : 0, size: bars(figure) ? 96 : 40, font: "12px sans-serif" },
      { values: (_, at) => at.map(large), size: 70, font: "12px sans-serif" },
    ],
    series: [
      { label: heads[Number(figure.dataset.names)], value: (_, at) => names[at] ?? "" },
      ...columns.map((column, at) => ({
        label: heads[column],
        stroke: COLOURS[at % COLOURS.length],
        width: 2,
        ...(bars(figure) ? barsOf(at) : { dash: DASHES[at % DASHES.length] }),
        value: (_, value) => (value == null ? "" : value.toLocaleString("en-US")),
      })),
    ],
  };
  const plot = new window.uPlot(options, data, place);
  addEventListener("resize", function fit() {
    if (place.isConnected) plot.setSize({ width: place.clientWidth, height: HEIGHT });
    else removeEventListener("resize", fit);
  });
  tellAtRest(plot, data);
}

/** Let the legend tell the last figures that there are (of bars the first), not nothing. */
function tellAtRest(plot, data) {
  const known = data[0].filter((at) => data.slice(1).every((values) => values[at] != null));
  const rest = known.length === data[0].length ? 0 : (known.at(-1) ?? 0);
  const tell = () => plot.setLegend({ idx: rest });
  plot.over.addEventListener("mouseleave", () => setTimeout(tell));
  setTimeout(tell); // after the plot has drawn itself, which empties the legend
}

function barsOf(at) {
  return { fill: `${COLOURS[at % COLOURS.length]}cc`, paths: window.uPlot.paths.bars({ size: [0.7, 40] }) };
}

/** Read what a table shows: 1,234 or −5 or 96.67, "-" for nothing. */
function amount(text) {
  const plain = text.trim().replaceAll(",", "").replace("−", "-");
  return plain === "-" ? 0 : plain === "" ? null : Number(plain);
}

function bars(figure) {
  return figure.dataset.chart === "bars";
}

/** Name as many places of a development as can be read beside each other. */
function spaced(places, most) {
  const step = Math.max(1, Math.ceil(places.length / most));
  return places.filter((at) => at % step === 0);
}

/** Count the letters that most names begin with: they tell nothing apart. */
function shared(names) {
  const first = names[Math.floor(names.length / 2)] ?? "";
  const many = (length) => names.filter((name) => name.startsWith(first.slice(0, length))).length;
  let length = 0;
  while (length < first.length - 2 && many(length + 1) > names.length / 2) length += 1;
  return first.slice(0, length);
}

function short(name, beginning) {
  const told = beginning && name.startsWith(beginning) ? name.slice(beginning.length) : name;
  const rest = told.length > 2 ? told : name; // of 臺中市政府主管 no more than 主管 would be left
  return rest.length > 8 ? `${rest.slice(0, 7)}…` : rest || name;
}

/** As people read amounts of a city, in the language of the page: 1,200 and its unit. */
function large(value) {
  return new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" }).format(value);
}

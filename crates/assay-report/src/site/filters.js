// Filters of the matrix. Without this script the whole table is shown. The state of the filters
// stands in the address, so that a view can be passed on.
"use strict";

const form = document.getElementById("filters");
const table = document.getElementById("table");
const rows = [...table.querySelectorAll("tbody tr[data-level]")];
const heads = [...table.querySelectorAll("thead tr:first-child th")].slice(1);
// Columns are hidden by one rule for all rows: a cell has no class of its own for its column.
const columns = document.head.appendChild(document.createElement("style"));

function state() {
  return Object.fromEntries(new FormData(form).entries());
}

function apply() {
  const { language, area, level, outcome, text } = state();
  const shown = heads.map((head) => !language || head.dataset.language === language);
  const hidden = shown.flatMap((is, at) => (is ? [] : [`#table tr:not(.area) > :nth-child(${at + 2})`]));
  columns.textContent = hidden.length ? `${hidden.join(",")}{display:none}` : "";
  const words = text.trim().toLowerCase();
  let count = 0;
  for (const row of rows) {
    const cells = [...row.cells].slice(1);
    const name = row.cells[0].textContent + " " + row.cells[0].firstElementChild.title;
    const has = cells.some((cell, at) => shown[at] && (cell.dataset.o ?? "").includes(outcome));
    row.hidden =
      (area && row.parentElement.dataset.area !== area) ||
      (level && row.dataset.level !== level) ||
      (outcome && !has) ||
      !name.toLowerCase().includes(words);
    count += row.hidden ? 0 : 1;
    for (const cell of cells) {
      cell.classList.toggle("dim", Boolean(outcome) && !(cell.dataset.o ?? "").includes(outcome));
    }
  }
  for (const body of table.tBodies) {
    body.hidden = [...body.rows].slice(1).every((row) => row.hidden);
  }
  form.elements.shown.textContent = `${count} of ${rows.length} rules`;
}

function remember() {
  const set = Object.entries(state()).filter(([, value]) => value);
  history.replaceState(null, "", set.length ? `#${new URLSearchParams(set)}` : "#matrix");
  apply();
}

function restore() {
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  apply();
}

form.hidden = false;
form.addEventListener("input", remember);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(remember));
window.addEventListener("hashchange", restore);
restore();

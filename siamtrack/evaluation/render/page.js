"use strict";

// Sorting: a click on a head sorts by its column, a second click turns the order; cells without a number stay last.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const first = head.dataset.first === "down" ? "descending" : "ascending";
      const other = first === "descending" ? "ascending" : "descending";
      const order = head.getAttribute("aria-sort") === first ? other : first;
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", order);
      sortRows(table.tBodies[0], column, order === "descending" ? -1 : 1);
    });
  });
}

function sortRows(body, column, sign) {
  const names = body.rows.length > 0 && body.rows[0].cells[column].tagName === "TH";
  const value = (row) => row.cells[column].textContent;
  const compare = (a, b) => {
    if (names) return sign * value(a).localeCompare(value(b), "en", { numeric: true });
    const [x, y] = [parseFloat(value(a)), parseFloat(value(b))];
    if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y);
    return sign * (x - y);
  };
  body.append(...[...body.rows].sort(compare));
}

// Filtering: every table of sequences shows the rows whose name holds the text.
const filter = document.querySelector(".filter");
if (filter) {
  filter.hidden = false;
  filter.querySelector("input").addEventListener("input", (event) => {
    const text = event.target.value.trim().toLowerCase();
    for (const row of document.querySelectorAll("#sequences tbody tr")) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(text);
    }
  });
}

"use strict";

const result = document.getElementById("result");

async function post(path, method, input) {
  const reply = await fetch(path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: method === "DELETE" ? undefined : JSON.stringify(input),
  });
  const text = await reply.text();
  if (!reply.ok) {
    result.hidden = false;
    result.className = "failed";
    result.textContent = text;
    return false;
  }
  sessionStorage.setItem("result", `${method} ${path}\n${text.length > 2000 ? text.slice(0, 2000) + "…" : text}`);
  location.reload();
  return true;
}

const kept = sessionStorage.getItem("result");
if (kept) {
  sessionStorage.removeItem("result");
  result.hidden = false;
  result.textContent = kept;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-post]");
  if (!button) return;
  const input = JSON.parse(button.dataset.input || "{}");
  if (button.dataset.prompt) {
    const value = prompt(`${button.textContent}: ${button.dataset.prompt}`, button.dataset.default || "");
    if (value === null) return;
    input[button.dataset.prompt] = value;
  }
  if ("danger" in button.dataset && !confirm(`${button.textContent}?`)) return;
  post(button.dataset.post, button.dataset.method || "POST", input);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-post]");
  if (!form) return;
  event.preventDefault();
  const numbers = (form.dataset.numbers || "").split(" ");
  const input = {};
  for (const [name, value] of new FormData(form)) {
    if (value !== "") input[name] = numbers.includes(name) ? Number(value) : value;
  }
  post(form.dataset.post, "POST", input);
});

function row(cells) {
  const line = document.createElement("tr");
  for (const [text, kind] of cells) {
    const cell = document.createElement("td");
    if (kind === "number") cell.className = "number";
    if (kind && kind !== "number") {
      const badge = document.createElement("span");
      badge.className = `badge ${kind}`;
      badge.textContent = text;
      cell.append(badge);
    } else {
      cell.textContent = text;
    }
    line.append(cell);
  }
  return line;
}

function fill(id, rows) {
  document.querySelector(`#${id} tbody`).replaceChildren(...rows.map(row));
}

function badgeFor(status) {
  if (status >= 200 && status < 300) return "good";
  return status >= 300 && status < 500 ? "warn" : "bad";
}

function sorted(counts) {
  return Object.entries(counts).sort((a, b) => b[1] - a[1]).map(([name, count]) => [[name], [String(count), "number"]]);
}

async function poll() {
  if (document.getElementById("live").checked && !document.hidden) {
    try {
      const [calls, counters] = await Promise.all([
        fetch("/_lab/calls?limit=100").then((reply) => reply.json()),
        fetch("/_lab/counters").then((reply) => reply.json()),
      ]);
      for (const element of document.querySelectorAll("[data-counter]")) {
        element.textContent = counters[element.dataset.counter];
      }
      fill("calls", calls.map((call) => [
        [new Date(call.time).toLocaleTimeString([], { hour12: false })],
        [`${call.method} ${call.path}${call.query ? "?" + call.query : ""}`],
        [call.status || "dropped", badgeFor(call.status)],
        [call.millis.toFixed(1), "number"],
        [[call.fault, call.note].filter(Boolean).join("; ")],
      ]));
      fill("endpoints", sorted(counters.by_endpoint));
      fill("statuses", sorted(counters.by_status));
      fill("injected", sorted(counters.by_fault));
    } catch {
      // The simulator has stopped; the next poll tries again.
    }
  }
  setTimeout(poll, 1000);
}

if (document.getElementById("calls")) poll();

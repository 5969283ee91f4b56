// What makes the admin site pleasant; without it everything works.
"use strict";

const root = document.documentElement;
const THEMES = ["auto", "light", "dark"];

function stored() {
  try { return localStorage.getItem("theme") } catch { return null }
}
function paint(theme) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
}
paint(stored()); // before anything is shown

function make(tag, properties = {}, children = []) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
function button(text, label, press) {
  const element = make("button", { type: "button", textContent: text });
  if (label) { element.setAttribute("aria-label", label); element.title = label }
  element.addEventListener("click", press);
  return element;
}
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const changed = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

// light, dark, or as the system is
function themes() {
  const toggle = document.getElementById("theme");
  let theme = THEMES.includes(stored()) ? stored() : "auto";
  const show = () => { toggle.textContent = `Theme: ${theme}`; paint(theme) };
  toggle.hidden = false;
  show();
  toggle.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    try { localStorage.setItem("theme", theme) } catch { /* kept until the page is left */ }
    show();
  });
}

// "/" goes to the search box
function keys() {
  const search = document.getElementById("searchbar");
  if (!search) return;
  search.setAttribute("aria-keyshortcuts", "/");
  document.addEventListener("keydown", (event) => {
    const writes = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (event.key !== "/" || writes || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
}

// a check box for all rows, and how many are checked
function selection() {
  const form = document.getElementById("changelist-form");
  if (!form) return;
  const boxes = all("[name=_selected_action]", form);
  const across = form.querySelector(".across");
  const acrossBox = document.getElementById("across");
  const counter = form.querySelector(".counter");
  const every = make("input", { type: "checkbox", id: "action-toggle" });
  every.setAttribute("aria-label", "Select all objects on this page for an action");
  form.querySelector("thead .pick").replaceChildren(every);
  let last = null;
  const show = () => {
    const checked = boxes.filter((box) => box.checked).length;
    every.checked = checked === boxes.length;
    every.indeterminate = checked > 0 && !every.checked;
    if (across) {
      across.hidden = !every.checked;
      if (!every.checked) acrossBox.checked = false;
    }
    counter.hidden = acrossBox?.checked ?? false;
    counter.textContent = `${checked} of ${boxes.length} selected`;
  };
  every.addEventListener("change", () => {
    for (const box of boxes) box.checked = every.checked;
    show();
  });
  // with shift, all between two boxes
  form.addEventListener("click", (event) => {
    const at = boxes.indexOf(event.target);
    if (at < 0) return;
    if (event.shiftKey && last !== null) {
      const between = boxes.slice(Math.min(at, last), Math.max(at, last));
      for (const box of between) box.checked = event.target.checked;
    }
    last = at;
    show();
  });
  form.addEventListener("change", show);
  show();
}

// two lists beside each other in place of a select of many choices, which stays and is what is sent
function chooser(select) {
  const what = select.dataset.chooser;
  const described = select.getAttribute("aria-describedby");
  const label = select.labels[0];
  const side = (title, id) => {
    const list = make("select", { multiple: true, id: `${select.id}_${id}` });
    const filter = make("input", { type: "search", placeholder: "Filter", autocomplete: "off" });
    filter.setAttribute("aria-label", `Filter ${title.toLowerCase()}`);
    if (described) list.setAttribute("aria-describedby", described);
    filter.addEventListener("input", show);
    filter.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    return { list, filter, title: make("label", { htmlFor: list.id, textContent: title }) };
  };
  const from = side(`Available ${what}`, "from");
  const to = side(`Chosen ${what}`, "to");
  function show() {
    const options = [...select.options];
    for (const [part, chosen] of [[from, false], [to, true]]) {
      const words = part.filter.value.toLowerCase().split(/\s+/);
      const shown = options.filter((option) =>
        option.selected === chosen && words.every((word) => option.text.toLowerCase().includes(word)));
      part.list.replaceChildren(...shown.map((option) =>
        make("option", { value: option.index, textContent: option.text, title: option.text })));
    }
  }
  const move = (part, chosen, every) => {
    const moved = every ? [...part.list.options] : [...part.list.selectedOptions];
    for (const option of moved) select.options[option.value].selected = chosen;
    changed(select);
  };
  for (const [part, chosen] of [[from, true], [to, false]]) {
    part.list.addEventListener("dblclick", () => move(part, chosen, false));
    part.list.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      move(part, chosen, false);
    });
    part.list.addEventListener("change", (event) => event.stopPropagation());
  }
  const arrows = make("div", { className: "arrows" }, [
    button("→", `Choose selected ${what}`, () => move(from, true, false)),
    button("←", `Remove selected ${what}`, () => move(to, false, false)),
  ]);
  const column = (part, last) => make("div", {}, [part.title, part.filter, part.list, last]);
  const group = make("div", { className: "chooser" }, [
    column(from, button(`Choose all ${what}`, "", () => move(from, true, true))),
    arrows,
    column(to, button(`Remove all ${what}`, "", () => move(to, false, true))),
  ]);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", label.textContent);
  label.hidden = true;
  select.hidden = true;
  select.after(group);
  select.addEventListener("change", show);
  show();
}

// "Now" beside a date, in the time of the server
function now(group) {
  const [date, time] = all("input", group);
  const set = (input, from, to) => button(input === date ? "Today" : "Now", "", () => {
    const here = new Date(Date.now() + Number(group.dataset.offset) * 1000).toISOString();
    input.value = here.slice(from, to);
    changed(input);
  });
  date.after(set(date, 0, 10));
  time.after(set(time, 11, 19));
}

// a password is asked for only where it will be used
function usable(radios) {
  const fields = all("[data-field=password1], [data-field=password2]");
  const set = document.querySelector("[name=set-password]");
  const unset = document.querySelector("[name=unset-password]");
  const show = () => {
    const off = radios.some((radio) => radio.checked && radio.value === "false");
    for (const field of fields) field.hidden = off;
    if (set && unset) { set.hidden = off; unset.hidden = !off }
  };
  for (const radio of radios) radio.addEventListener("change", show);
  show();
}

// leaving a form with changes asks first
function guard(form) {
  let dirty = false;
  form.addEventListener("input", () => { dirty = true });
  form.addEventListener("change", () => { dirty = true });
  form.addEventListener("submit", () => { dirty = false });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault() });
}

// a row that a field may refer to is added in a window of its own, from which it comes into the field
function popup(link) {
  link.addEventListener("click", (event) => {
    const opened = open(link.href, link.dataset.popup, "popup,width=800,height=600");
    if (!opened) return;
    event.preventDefault();
    opened.focus();
  });
}
function answer(said) {
  const field = opener?.document.getElementById(window.name);
  if (!field) return;
  const { action, value, obj } = JSON.parse(said.dataset.popupResponse);
  if (!action) {
    if (field.matches("select")) field.add(new opener.Option(obj, value, false, true));
    else field.value = value;
    field.dispatchEvent(new opener.Event("change", { bubbles: true }));
  }
  window.close();
}

document.addEventListener("DOMContentLoaded", () => {
  themes();
  keys();
  selection();
  all("select[data-chooser]").forEach(chooser);
  all(".when").forEach(now);
  const radios = all("[name=usable_password]");
  if (radios.length) usable(radios);
  all("form[data-guard]").forEach(guard);
  all("a[data-popup]").forEach(popup);
  all("[data-popup-response]").forEach(answer);
});

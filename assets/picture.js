// Cuts a picture to a square before it is uploaded, and shows how much of it has arrived. Without this file, or
// with a picture that the browser cannot decode, the server takes the middle.
"use strict";
(() => {
  const SIDE = 512;
  const MOST = 4;
  let cut = null;

  const limit = (value, low, high) => Math.min(Math.max(value, low), high);
  const build = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  const close = () => {
    if (cut) cut.place.replaceChildren();
    cut = null;
  };

  const FIELD = "form[data-uploads] input[type='file']";

  document.addEventListener("change", (event) => {
    if (event.target.matches(FIELD)) take(event.target);
  });

  async function take(field) {
    close();
    say(field.form, "");
    const file = field.files[0];
    try {
      const image = file && (await createImageBitmap(file));
      if (image && field.files[0] === file) open(field.form, image);
    } catch {}
  }

  function open(form, image) {
    const place = form.querySelector("[data-crops]");
    const canvas = build("canvas", { width: SIDE, height: SIDE, tabindex: 0, role: "img", "aria-label": place.dataset.area });
    const zoom = build("input", { type: "range", min: 0, max: 100, value: 0 });
    place.replaceChildren(canvas, build("label", {}, place.dataset.zoom, zoom));
    // A logo is shown whole at first; a picture of a person fills its square.
    const sides = [image.width, image.height];
    const least = SIDE / (form.dataset.uploads === "whole" ? Math.max(...sides) : Math.min(...sides));
    cut = { place, form, image, canvas, zoom, least, x: image.width / 2, y: image.height / 2 };
    zoom.addEventListener("input", draw);
    canvas.addEventListener("keydown", onKey);
    canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const shown = SIDE / canvas.clientWidth;
      move(-event.movementX * shown, -event.movementY * shown);
    });
    draw();
  }

  const scale = () => cut.least * MOST ** (cut.zoom.value / 100);

  function move(right, down) {
    cut.x += right / scale();
    cut.y += down / scale();
    draw();
  }

  function onKey(event) {
    const step = SIDE / 20;
    const steps = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const zooms = { "+": 5, "=": 5, "-": -5 };
    if (steps[event.key]) move(...steps[event.key]);
    else if (zooms[event.key]) cut.zoom.value = Number(cut.zoom.value) + zooms[event.key];
    else return;
    event.preventDefault();
    draw();
  }

  function draw() {
    const { image, canvas } = cut;
    const times = scale();
    const half = SIDE / 2 / times;
    const within = (at, length) => (length < 2 * half ? length / 2 : limit(at, half, length - half));
    cut.x = within(cut.x, image.width);
    cut.y = within(cut.y, image.height);
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, SIDE, SIDE);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, SIDE / 2 - cut.x * times, SIDE / 2 - cut.y * times, image.width * times, image.height * times);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const field = form.matches("form[data-uploads]") && form.querySelector("input[type='file']");
    if (!field || !field.files[0]) return;
    event.preventDefault();
    if (cut && cut.form === form) cut.canvas.toBlob((blob) => send(form, blob || field.files[0]), "image/webp", 0.92);
    else send(form, field.files[0]);
  });

  function send(form, picture) {
    const place = form.querySelector("[data-crops]");
    const bar = build("progress", { max: 1, value: 0, "aria-label": place.dataset.sending });
    place.append(bar);
    const failed = (why) => {
      bar.remove();
      say(form, why || place.dataset.failed);
      form.querySelector("[type='submit']").removeAttribute("data-busy");
    };
    const asked = new XMLHttpRequest();
    asked.upload.addEventListener("progress", (event) => (bar.value = event.loaded / (event.total || 1)));
    asked.addEventListener("error", () => failed());
    asked.addEventListener("load", () => {
      let said = {};
      try {
        said = JSON.parse(asked.responseText);
      } catch {}
      if (said.page) location.assign(said.page);
      else failed(said.problem);
    });
    const data = new FormData(form);
    data.set("picture", picture, "picture");
    asked.open("POST", form.action);
    asked.setRequestHeader("accept", "application/json");
    asked.send(data);
  }

  function say(form, problem) {
    form.querySelector("[role='alert']").textContent = problem;
    form.querySelector("input[type='file']").setAttribute("aria-invalid", String(problem !== ""));
  }

  // A picture that was chosen before this file came.
  for (const field of document.querySelectorAll(FIELD)) if (field.files[0]) take(field);
})();

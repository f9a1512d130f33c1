// The upload of a large file tells how far it is, then how long the server has been reading it.
const place = () => document.getElementById("import");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!place()?.contains(form)) return;
  event.preventDefault();
  const bar = document.createElement("progress");
  const said = document.createElement("p");
  bar.max = 1;
  bar.setAttribute("aria-label", "Upload");
  said.setAttribute("role", "status");
  form.append(bar, said);
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  let timer = 0;
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = total ? loaded / total : 0;
    said.textContent = `${Math.round(bar.value * 100)} % sent`;
  });
  request.upload.addEventListener("load", () => {
    const began = Date.now();
    bar.removeAttribute("value");
    const tell = () => { said.textContent = `Sent; the server has been reading it for ${Math.round((Date.now() - began) / 1000)} s.`; };
    tell();
    timer = setInterval(tell, 1000);
  });
  const failed = (sentence) => {
    clearInterval(timer);
    bar.remove();
    said.textContent = sentence;
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  };
  request.addEventListener("load", () => {
    clearInterval(timer);
    const answer = new DOMParser().parseFromString(request.responseText, "text/html").getElementById("import");
    if (answer) place().replaceWith(answer);
    else failed(`The server answered with status ${request.status}; nothing was imported.`);
  });
  request.addEventListener("error", () => failed("The server does not answer. Whether it has imported the file is told by its databases."));
  request.open("POST", location.href);
  request.send(new FormData(form));
});

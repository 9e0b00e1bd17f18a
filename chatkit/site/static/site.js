// Turns the suggested questions into buttons that ask the widget; without this script they are a list to read.
const widget = document.querySelector("chatkit-widget");

for (const item of document.querySelectorAll("[data-question]")) {
  const question = item.textContent;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = question;
  button.addEventListener("click", async () => {
    await customElements.whenDefined("chatkit-widget");
    widget.open();
    widget.ask(question);
  });
  item.replaceChildren(button);
}

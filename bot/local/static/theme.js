// Light or dark: as the system has it, or as chosen here and remembered by the browser.

const select = document.querySelector("#theme");

export function startTheme() {
  select.value = localStorage.getItem("theme") ?? "system";
  if (select.selectedIndex < 0) select.value = "system";
  apply();
  select.addEventListener("change", () => {
    localStorage.setItem("theme", select.value);
    apply();
  });
}

function apply() {
  document.documentElement.dataset.theme = select.value;
}

/** Our own pages follow the system's theme. */

export function followSystemTheme(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = (): void => {
    document.documentElement.className = dark.matches ? "dark" : "light";
  };
  dark.addEventListener("change", apply);
  apply();
}

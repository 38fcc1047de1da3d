// What every page has: see src/page.rs.

const report = (value) => fetch("/report", { method: "POST", body: JSON.stringify(value) });
const told = async () => (await fetch("/told")).json();

addEventListener("error", (event) => report({ wrong: `${event.message} (line ${event.lineno})` }));
addEventListener("unhandledrejection", (event) => report({ wrong: String(event.reason) }));

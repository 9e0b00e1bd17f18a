import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Link, useParams } from "react-router";
import { Route, Routes } from "react-router";
import { Help } from "./Help";
import pages from "./pages.json";

function Page() {
  const { name = "index" } = useParams();
  const { title, html } = pages[name as keyof typeof pages];
  return (
    <main>
      <h1>{title}</h1>
      <div dangerouslySetInnerHTML={{ __html: html }} />
    </main>
  );
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <BrowserRouter basename="/handbook">
      <nav>
        <Link to="/">The rain barrel</Link> <Link to="/setup">Setting up</Link>{" "}
        <Link to="/winter">Winter care</Link>
      </nav>
      <button id="theme" onClick={() => (document.documentElement.dataset["theme"] = "dark")}>
        Dark
      </button>
      <Routes>
        <Route path="/:name?" element={<Page />} />
      </Routes>
      <Help />
    </BrowserRouter>
  </StrictMode>,
);

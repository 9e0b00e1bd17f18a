import { StrictMode, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Link, Route, Routes, useLocation, useParams } from "react-router";
import { Help } from "./Help";
import pages from "./pages.json";

function Page() {
  const { name = "index" } = useParams();
  const { title, html } = pages[name as keyof typeof pages];
  const { hash } = useLocation();
  useEffect(() => {
    document.getElementById(hash.slice(1))?.scrollIntoView();
  }, [hash, name]);
  return (
    <main>
      <h1>{title}</h1>
      <div dangerouslySetInnerHTML={{ __html: html }} />
    </main>
  );
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <BrowserRouter>
      <nav>
        <Link to="/handbook/">The rain barrel</Link> <Link to="/handbook/setup">Setting up</Link>{" "}
        <Link to="/handbook/winter">Winter care</Link>
      </nav>
      <button id="theme" onClick={() => (document.documentElement.dataset["theme"] = "dark")}>
        Dark
      </button>
      <Routes>
        <Route path="/handbook/:name?" element={<Page />} />
      </Routes>
      <Help />
    </BrowserRouter>
  </StrictMode>,
);

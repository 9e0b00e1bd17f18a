/** Colours of code in three voices: what steers it, what it is told, what it says to people. Loaded on demand. */
import { h } from "./dom.ts";

/** A pattern whose groups are a comment, a string or value, and a keyword, in this order. */
type Grammar = RegExp;

const VOICES = ["c", "s", "k"] as const;
/** Code of more letters is left as it is: nobody reads it here. */
const MOST_LETTERS = 20_000;

const QUOTED = String.raw`(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')`;
const END = "(?![^])";
const HASH = String.raw`(?<![\w$&"'])#[^\n]*`;
const SLASHES = String.raw`(?<!:)\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$)`;

const words = (list: string) =>
  String.raw`(?<![\w.$-])(?:${list.trim().replace(/\s+/g, "|")})(?![\w-])`;
const grammar = (comment: string, string: string, keyword: string, flags = "") =>
  RegExp(`(${comment})|(${string})|(${keyword})`, `g${flags}`);

const C_LIKE = grammar(
  SLASHES,
  `${QUOTED}|\`(?:\\\\[^]|[^\`\\\\])*\``,
  words(`
    abstract as async await break case catch class const continue default defer delete do else enum export extends
    false final finally fn for from func function go if impl implements import in instanceof interface let match mod mut
    namespace new nil null of override package private protected public pub return self static struct super switch
    this throw throws trait true try type typeof undefined use using val var void when where while yield
    bool boolean byte char double float int long short string
  `),
);
const PYTHON = grammar(
  HASH,
  String.raw`(?:"""[^]*?(?:"""|${END})|'''[^]*?(?:'''|${END})|${QUOTED})`,
  words(`
    and as assert async await break class continue def del elif else except False finally for from global if import in
    is lambda match None nonlocal not or pass raise return self True try while with yield
    begin do end ensure module nil require rescue unless until then
  `) + String.raw`|^[ \t]*@[\w.]+`,
  "m",
);
const SHELL = grammar(
  HASH,
  QUOTED,
  words(
    "case do done elif else esac export fi for function if in local return set then until while sudo",
  ) +
    String.raw`|^(?:FROM|RUN|COPY|ADD|CMD|ENTRYPOINT|ENV|ARG|EXPOSE|WORKDIR|USER|VOLUME|LABEL)(?= )`,
  "m",
);
const MARKUP = grammar(
  "<!--[^]*?(?:-->|$)",
  QUOTED,
  String.raw`<\/?[\w:.-]+|(?<=["'\w\s/])\/?>|<!doctype[^>]*>`,
  "i",
);
const SETTINGS = grammar(
  String.raw`^[ \t]*[#;!][^\n]*|(?<=\s)#[^\n]*`,
  String.raw`(?<==)[^\n#]*[^\s#]|${QUOTED}`,
  String.raw`^[ \t]*\[[^\]\n]*\]+`,
  "m",
);
const YAML = grammar(
  HASH,
  QUOTED,
  String.raw`(?=[\w./-])(?<=^[ \t]*(?:- +)?)[\w./-]+(?=:(?:\s|$))`,
  "m",
);
const JSON_LIKE = grammar(SLASHES, `${QUOTED}(?!\\s*:)`, `${QUOTED}|${words("true false null")}`);
const CSS = grammar(
  String.raw`\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$)`,
  String.raw`${QUOTED}|(?<=:[ \t]?)[^\s:;{}][^:;{}\n]*(?=[;}\n])`,
  String.raw`@[\w-]+`,
);
const SQL = grammar(
  String.raw`--[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$)`,
  String.raw`'(?:''|[^'])*'`,
  words(`
    add alter and as asc begin between by case commit constraint create database default delete desc distinct drop else
    end exists from grant group having in index insert into is join key left like limit not null on or order outer
    primary references returning right rollback select set table then to union unique update user using values view
    when where with
  `),
  "i",
);
const DIFF = grammar(String.raw`^-[^\n]*`, String.raw`^\+[^\n]*`, String.raw`^@@[^\n]*`, "m");

const GRAMMARS: readonly (readonly [string, Grammar])[] = [
  ["html xml svg vue svelte astro jinja htmldjango mdx", MARKUP],
  ["ini toml conf cfg env dotenv properties systemd desktop editorconfig", SETTINGS],
  ["yaml yml", YAML],
  ["json json5 jsonc", JSON_LIKE],
  ["css scss sass less", CSS],
  ["sql postgresql sqlite mysql", SQL],
  ["diff patch", DIFF],
  ["py python python3 pycon rb ruby", PYTHON],
  ["sh bash zsh shell console docker dockerfile make makefile nginx", SHELL],
  [
    "js javascript mjs ts typescript jsx tsx java kotlin kt c h cpp c++ cs csharp go rust rs swift php scala dart groovy",
    C_LIKE,
  ],
];

/** Divides code of a language into pieces, each with its voice or with none. */
export function voices(text: string, language: string): [text: string, voice: string][] {
  const name = language.toLowerCase();
  const known = GRAMMARS.find(([names]) => names.split(" ").includes(name))?.[1];
  const pieces: [string, string][] = [];
  let done = 0;
  for (const match of known && text.length <= MOST_LETTERS ? text.matchAll(known) : []) {
    const voice = VOICES.find((_, index) => match[index + 1]);
    if (!voice) continue;
    pieces.push([text.slice(done, match.index), ""], [match[0], voice]);
    done = match.index + match[0].length;
  }
  return [...pieces, [text.slice(done), ""]];
}

/** Colours the text of an element as code of a language; one that is not known stays as it is. */
export function highlight(element: HTMLElement, language: string): void {
  const pieces = voices(element.textContent, language);
  element.replaceChildren(
    ...pieces.map(([text, className]) => (className ? h("span", { className }, text) : text)),
  );
}

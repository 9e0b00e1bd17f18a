/** Returns 32 bits that tell one text from another, and do not tell the text (FNV-1a). */
export function digest(text: string): number {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193);
  return hash;
}

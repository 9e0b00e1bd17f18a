// --8<-- [start:heat]
function heat(degrees) {
  # not a heading
  return degrees + 20;
}
// --8<-- [end:heat]

console.log(heat(200));

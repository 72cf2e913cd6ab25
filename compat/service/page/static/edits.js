// Edits applied to a text. Lines and columns count from 1, columns in code points, an end is exclusive, as the report says.

/** *text* with all of *edits*; one that overlaps another before it is left out. */
export function applyEdits(text, edits) {
  const starts = lineStarts(text);
  const newline = newlineOf(text);
  const spans = withoutOverlaps(edits).map((edit, order) => ({
    from: offset(text, starts, edit.start),
    to: offset(text, starts, edit.end),
    put: edit.text.replaceAll("\r\n", "\n").replaceAll("\n", newline),
    order,
  }));
  // From the end, so that offsets stay right; of those at one point the first stays first.
  spans.sort((a, b) => b.from - a.from || b.to - a.to || b.order - a.order);
  return spans.reduce((found, { from, to, put }) => found.slice(0, from) + put + found.slice(to), text);
}

/** The edits of *fixes* by file. A fix that overlaps one before it waits until that is done, as with `--fix`. */
export function editsOf(fixes) {
  const found = new Map();
  for (const { edits } of fixes) {
    if (edits.some((edit) => (found.get(edit.path) || []).some((other) => overlap(edit, other)))) continue;
    for (const edit of edits) found.set(edit.path, [...(found.get(edit.path) || []), edit]);
  }
  return found;
}

function withoutOverlaps(edits) {
  const once = [...new Map(edits.map((edit) => [JSON.stringify(edit), edit])).values()];
  return once.filter((edit, at) => !once.slice(0, at).some((other) => overlap(edit, other)));
}

function overlap(one, other) {
  if (JSON.stringify(one) === JSON.stringify(other)) return false;
  return before(one.start, other.end) && before(other.start, one.end);
}

function before(a, b) {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}

/** The line end that most lines of *text* have. */
function newlineOf(text) {
  const windows = text.split("\r\n").length - 1;
  return windows && windows * 2 >= text.split("\n").length - 1 ? "\r\n" : "\n";
}

/** Where each line starts. `\r\n`, `\n` and a lone `\r` end one. */
export function lineStarts(text) {
  const found = [0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) found.push(match.index + match[0].length);
  return found;
}

function offset(text, starts, { line, column }) {
  if (line > starts.length) return text.length;
  const start = starts[line - 1];
  const rest = text.slice(start, starts[line] ?? text.length);
  return start + [...rest].slice(0, column - 1).join("").length;
}

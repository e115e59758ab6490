// Marks words of the case that an explanation points at. Only text nodes are split; nothing is ever read as markup.

export function markWords(root, phrases) {
  for (const phrase of phrases) {
    const wanted = phrase.toLowerCase();
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) => (node.parentElement.closest("mark, svg") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
    const found = [];
    while (walker.nextNode()) if (walker.currentNode.data.toLowerCase().includes(wanted)) found.push(walker.currentNode);
    found.forEach((node) => wrap(node, wanted));
  }
}

export function unmark(root) {
  root.querySelectorAll("mark.marked").forEach((mark) => {
    const parent = mark.parentNode;
    mark.replaceWith(...mark.childNodes);
    parent.normalize();
  });
}

function wrap(node, wanted) {
  const start = node.data.toLowerCase().indexOf(wanted);
  const words = node.splitText(start);
  words.splitText(wanted.length);
  const mark = document.createElement("mark");
  mark.className = "marked";
  words.replaceWith(mark);
  mark.append(words);
}

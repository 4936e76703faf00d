// Round trip with the npm package `yaml`: the version and initialSavepointPath of every job.
//
//   node node_yaml.cjs MAP ROOT [OUT]    to standard output, or below OUT
//
// One process for all files, and the documents' own API, which keeps comments and blank lines.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const YAML = require('yaml');

const [map, root, out] = process.argv.slice(2);
const savepoints = new Map(fs.readFileSync(map, 'utf8').split('\n').filter(Boolean)
  .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]));

function walk(dir) {
  return fs.readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.name.startsWith('.')) return [];
      const at = path.join(dir, entry.name);
      return entry.isDirectory() ? walk(at) : /\.ya?ml$/.test(entry.name) ? [at] : [];
    });
}

const printed = [];
for (const file of walk(root)) {
  const text = fs.readFileSync(file, 'utf8');
  if (!text.includes('flink.apache.org')) continue;
  const documents = YAML.parseAllDocuments(text);
  for (const doc of documents) {
    if (doc.get('apiVersion') !== 'flink.apache.org/v1alpha1') continue;
    // The scalar is kept and given a new value, so that its quotes and its comment stay.
    doc.get('apiVersion', true).value = 'flink.apache.org/v1beta1';
    const key = `${doc.getIn(['metadata', 'namespace'])}/${doc.getIn(['metadata', 'name'])}`;
    const location = savepoints.get(key);
    const old = doc.getIn(['spec', 'job', 'initialSavepointPath'], true);
    if (location && old) old.value = location;
    else if (location) doc.setIn(['spec', 'job', 'initialSavepointPath'], location);
  }
  const result = documents.map((doc) => doc.toString({ lineWidth: 0 })).join('');
  if (out) {
    const target = path.join(out, path.relative(root, file));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, result);
  } else {
    printed.push(result);
  }
}
if (!out) fs.writeSync(1, printed.join('---\n'));

// Strict validation: what a server would refuse or, worse, silently leave out. No server is asked.
// Types, enums and required fields come from the API's own schema (kubernetes-models); fields that do not exist, from its TypeScript
// types: an object literal may only have known ones.

import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { title } from './render.mjs';

const packages = [
  [/(^|\.)monitoring\.coreos\.com$/, '@kubernetes-models/prometheus-operator/'],
  [/^gateway\.networking\.k8s\.io$/, '@kubernetes-models/gateway-api/'],
  [/./, 'kubernetes-models/'],
];

/// The module that has an API group's objects.
function module_of(api_version) {
  const [version, group = ''] = api_version.split('/').reverse();
  if (!group) return `kubernetes-models/${version}`;
  return `${packages.find(([pattern]) => pattern.test(group))[1]}${group}/${version}`;
}

/// What the schema says of each object.
async function schema_complaints(objects) {
  const found = [];
  for (const object of objects) {
    try {
      const model = (await import(module_of(object.apiVersion)))[object.kind];
      if (!model) throw new Error(`there is no ${object.kind} in ${object.apiVersion}`);
      new model(object).validate();
    } catch (error) {
      found.push(`${title(object)}: ${error.message}`);
    }
  }
  return found;
}

// -- unknown fields -----------------------------------------------------------

const options = { noEmit: true, strict: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
const file = fileURLToPath(new URL('../objects.ts', import.meta.url));   // it exists in memory only
const host = ts.createCompilerHost(options);
const { getSourceFile, fileExists } = host;
const read = new Map();
let text = '';
let program;

host.fileExists = (name) => name === file || fileExists.call(host, name);
host.getSourceFile = (name, ...rest) => {
  if (name === file) return ts.createSourceFile(name, text, ...rest);
  if (!read.has(name)) read.set(name, getSourceFile.call(host, name, ...rest));
  return read.get(name);
};

/// Fields that do not exist. An object is a line of the text, so that its line says whose complaint it is.
function type_complaints(objects) {
  text = objects.map((object, n) => `import type { I${object.kind} as type_${n} } from '${module_of(object.apiVersion)}'; `
    + `export const object_${n}: type_${n} = ${JSON.stringify(object)};`).join('\n');
  program = ts.createProgram([file], options, host, program);
  const source = program.getSourceFile(file);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((one) => {
    const { line } = source.getLineAndCharacterOfPosition(one.start);
    return `${title(objects[line])}: ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`;
  });
}

/// Everything that is wrong with the objects, a sentence each.
export async function explain_bad_objects(objects) {
  return [...await schema_complaints(objects), ...type_complaints(objects)];
}

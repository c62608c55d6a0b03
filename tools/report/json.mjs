// Reading JSON that others have written. Whatever cannot be used is a BadInput: one message that
// says where, what, and what to do.
import {readFileSync} from 'node:fs';

export class BadInput extends Error {}

export function readJson(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new BadInput(
      `${path}: cannot be read: ${error.code} (name a folder that "faultline run --out" has written)`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadInput(`${path}: not JSON: ${error.message} (run the scenario again)`);
  }
}

export const isObject = (value) =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

export function requireMembers(path, value, members) {
  for (const member of members) {
    if (!isObject(value) || !(member in value)) {
      throw new BadInput(`${path}: has no "${member}" (is it a result of another version?)`);
    }
  }
}

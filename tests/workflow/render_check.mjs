// Reads {"format", "text"}, a line each; answers what the format's own reader says of it: "ok ..." or "error ...".
import readline from 'node:readline';
import {instance} from '@viz-js/viz';
import {BpmnModdle} from 'bpmn-moddle';

const graphviz = await instance();
const moddle = new BpmnModdle();
const readers = {
  dot: (text) => {
    const drawn = graphviz.renderJSON(text);
    return {nodes: drawn.objects.filter((object) => !object.name.startsWith('cluster')).length, edges: (drawn.edges ?? []).length};
  },
  bpmn: async (text) => {
    const {rootElement, warnings} = await moddle.fromXML(text);
    if (warnings.length) throw new Error(warnings.map((warning) => warning.message).join('; '));
    const count = (elements) => elements.reduce((sum, one) => sum + 1 + count(one.flowElements ?? []), 0);
    return {elements: count(rootElement.rootElements[0].flowElements)};
  },
};
for await (const line of readline.createInterface({input: process.stdin})) {
  const {format, text} = JSON.parse(line);
  try {
    console.log('ok ' + JSON.stringify(await readers[format](text)));
  } catch (error) {
    console.log('error ' + error.message.replaceAll('\n', ' '));
  }
}

// A feed as koa users write it: a PassThrough as the body. `node koa.cjs PORT`, with the folder of koa in NODE_PATH.
const { PassThrough } = require("node:stream");
const Koa = require("koa");

const app = new Koa();
app.use((context) => {
  const stream = new PassThrough();
  let number = Number(context.get("last-event-id") || 0);
  const timer = setInterval(() => {
    number += 1;
    stream.write(`id: ${number}\ndata: ${number}\ndata: zwölf\n\n`);
  }, 2);
  stream.on("close", () => clearInterval(timer));
  context.set({ "content-type": "text/event-stream", "cache-control": "no-cache" });
  context.body = stream;
});
app.listen(Number(process.argv[2]), "127.0.0.1");

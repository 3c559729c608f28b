// The library of Standard Webhooks itself. A line is {"do": "verify" | "sign", secret, id, timestamp, signature, body}; the answer is what it
// says: "ok" or why not, or the signature.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

const headers = ({ id, timestamp, signature }) => ({ "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature });

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  try {
    const webhook = new Webhook(message.secret);
    if (message.do === "sign") {
      console.log(webhook.sign(message.id, new Date(Number(message.timestamp) * 1000), message.body));
    } else {
      webhook.verify(message.body, headers(message));
      console.log("ok");
    }
  } catch (error) {
    console.log(error.message);
  }
}

"""One job from create to callback. Run it against `npm run dev`: FAL_JOBS_KEY=fal-jobs-local-admin-key python3 example.py"""
import os
import queue
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from fal_jobs import FalJobs, FalJobsError, verify_callback

jobs = FalJobs(os.environ.get("FAL_JOBS_URL", "http://127.0.0.1:3000"), os.environ["FAL_JOBS_KEY"])
secret = jobs.call("POST", "/api/callbacks/secret", json={})["secret"]
received = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            message = verify_callback(secret, self.headers, body)
        except ValueError:
            self.send_response(401)
        else:
            self.send_response(204)
            received.put(message)
        self.end_headers()

    def log_message(self, *_):
        pass


receiver = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()

try:
    jobs.create({"model": "flux-schnell", "promt": "a misspelt field"})
except FalJobsError as error:
    print("refused", error.problem["errors"][0]["message"])

url = f"http://127.0.0.1:{receiver.server_port}/hooks/fal-jobs"
job = jobs.create({"model": "flux-schnell", "prompt": "a lighthouse at dusk", "callbackUrl": url})
print("created", job["id"])
for event in jobs.watch(job["id"]):
    print("event", event["seq"], event["type"])
job = jobs.wait(job["id"], archived=True)
print("finished", job["status"], job["archive"]["status"], job["cost"]["estimatedMicros"])
for _ in range(2):
    message = received.get(timeout=30)
    print("callback", message["type"], message["data"]["status"])
receiver.shutdown()

"""A client of fal-jobs on httpx: create a job, wait for it, stream its events, verify its callbacks."""
import base64
import hashlib
import hmac
import json
import time
import uuid

import httpx

FINAL = ("completed", "failed", "canceled")
TRY_AGAIN = (408, 429, 502, 503, 504)


class FalJobsError(Exception):
    """A refusal; `problem` is the service's answer: code, detail, errors, retryable, requestId."""

    def __init__(self, answer):
        is_problem = "json" in answer.headers.get("content-type", "")
        self.problem = answer.json() if is_problem else {"code": "UNEXPECTED_ANSWER", "detail": f"HTTP {answer.status_code}"}
        super().__init__(f"{self.problem['code']}: {self.problem['detail']}")


class FalJobs:
    def __init__(self, base_url, api_key):
        # An answer may be held back for 60 s (`wait`), and a stream is silent for at most 15 s.
        timeout = httpx.Timeout(90, connect=10)
        self.http = httpx.Client(base_url=base_url, timeout=timeout, headers={"Authorization": f"Bearer {api_key}"})

    def create(self, body, idempotency_key=None):
        """The accepted job. Every try carries the same key, so that repeating a lost create never pays twice."""
        key = idempotency_key or str(uuid.uuid4())
        return self.call("POST", "/api/jobs", json=body, headers={"Idempotency-Key": key})

    def get(self, job_id, wait=0):
        """The job; `wait` (at most 60 seconds) holds the answer back until its state is final."""
        return self.call("GET", f"/api/jobs/{job_id}", params={"wait": wait} if wait else {})

    def wait(self, job_id, timeout=600, archived=False):
        """The job in its final state, with its files archived if asked for."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            job = self.get(job_id, wait=min(50, max(1, int(end - time.monotonic()))))
            if job["status"] in FINAL and not (archived and job["archive"]["status"] == "pending"):
                return job
            time.sleep(0.5)
        raise TimeoutError(f"{job_id} was not final within {timeout} s")

    def watch(self, job_id, after=0):
        """Every event once and in order, past and live; ends with the job. A cut stream is resumed."""
        while True:
            headers = {"Accept": "text/event-stream", **({"Last-Event-ID": str(after)} if after else {})}
            try:
                with self.http.stream("GET", f"/api/jobs/{job_id}/events", headers=headers) as stream:
                    if stream.status_code == 204:
                        return
                    if stream.status_code != 200:
                        stream.read()
                        if stream.status_code not in TRY_AGAIN:
                            raise FalJobsError(stream)
                    for line in stream.iter_lines() if stream.status_code == 200 else ():
                        if line.startswith("data:"):
                            event = json.loads(line[5:])
                            after = event["seq"]
                            yield event
            except httpx.TransportError:
                pass  # The next request resumes above `after`.
            time.sleep(1)

    def call(self, method, path, headers=None, **request):
        """Any operation of the API. Only what is safe to repeat is repeated: not a POST without an Idempotency-Key."""
        is_safe = method != "POST" or "Idempotency-Key" in (headers or {})
        for pause in (1, 2, 4, 8, None) if is_safe else (None,):
            retry_after = ""
            try:
                answer = self.http.request(method, path, headers=headers, **request)
                if answer.is_success:
                    return answer.json()
                if answer.status_code not in TRY_AGAIN or pause is None:
                    raise FalJobsError(answer)
                retry_after = answer.headers.get("retry-after", "")
            except httpx.TransportError:
                if pause is None:
                    raise
            time.sleep(min(60, int(retry_after)) if retry_after.isdigit() else pause)


def verify_callback(secret, headers, body, tolerance=300):
    """The message of a callback (Standard Webhooks). `body` is the raw bytes. Raises ValueError if it is not genuine."""
    sent_at = headers["webhook-timestamp"]
    if abs(time.time() - int(sent_at)) > tolerance:
        raise ValueError("The callback is too old or from the future.")
    signed = b".".join([headers["webhook-id"].encode(), sent_at.encode(), body])
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # During a rotation of the secret a message carries two signatures.
    if not any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split(" ")):
        raise ValueError("The signature of the callback is wrong.")
    return json.loads(body)

"""A headless Chromium, driven over WebDriver: what of it the tests need, with the standard library alone."""
import base64
import http.client
import json
import os
import shutil
import subprocess
import tempfile

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb"]


class Browser:
    def __init__(self):
        driver = shutil.which("chromedriver")
        if not driver:
            raise RuntimeError("chromedriver is not here (Debian: chromium-driver); ./dev installs it")
        self.profile = tempfile.mkdtemp(prefix="portside-chromium-")
        self.process = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.session = None
        try:
            self.port = next(int(line.rsplit("port", 1)[1].strip(" .\n")) for line in self.process.stdout if "successfully on port" in line)
            options = {"args": FLAGS + [f"--user-data-dir={self.profile}"]}
            answer = self._send("POST", "/session", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
            self.session = answer["sessionId"]
            self._command("timeouts", {"script": 240_000})  # on a busy machine; no test waits for it
        except BaseException:
            self.close()
            raise

    def _send(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=280)
        connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())["value"]
        connection.close()
        if isinstance(answer, dict) and answer.get("error"):
            raise RuntimeError(answer["error"] + ": " + answer.get("message", "").splitlines()[0])
        return answer

    def _command(self, name, body=None, method="POST"):
        return self._send(method, f"/session/{self.session}/{name}", body if body is not None or method == "GET" else {})

    def open(self, path):
        self._command("url", {"url": "file://" + os.path.abspath(path)})

    def run(self, script, *arguments):
        return self._command("execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        return self._command("execute/async", {"script": script, "args": list(arguments)})

    def devtools(self, command, **parameters):
        return self._command("goog/cdp/execute", {"cmd": command, "params": parameters})

    def show(self, width, height=900, dark=False):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def console(self):
        return self._command("se/log", {"type": "browser"})

    def picture(self, path, whole=True):
        answer = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as f:
            f.write(base64.b64decode(answer["data"]))

    def close(self):
        try:
            if self.session:
                self._send("DELETE", f"/session/{self.session}")
        finally:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)

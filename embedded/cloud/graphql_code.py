"""The JavaScript of AppSync's resolvers, run in V8: `request(ctx)` and `response(ctx)`.

https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-js-version.html
"""

import asyncio
import functools
import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any

from py_mini_racer import JSEvalException, mini_racer

SECONDS = 2.0
IMPORT = re.compile(r"^\s*import\s+[^;]*?from\s+['\"](?P<module>[^'\"]+)['\"]\s*;?", re.MULTILINE)
EXPORT = re.compile(r"^\s*export\s+(?=function|const)", re.MULTILINE)
UTILS = "@aws-appsync/utils"
# What of the utilities is here; the rest names itself when it is asked for.
PRELUDE = """
const __told = {errors: [], logs: []};
const __missing = (name) => { throw new Error('The embedded cloud has no ' + name + ' for resolvers'); };
const __named = (name, known) => new Proxy(known, {
  get: (of, key) => key in of ? of[key] : __missing(name + '.' + String(key)),
});
const __text = (each) => typeof each === 'string' ? each : JSON.stringify(each);
const __log = (...parts) => { __told.logs.push(parts.map(__text).join(' ')); };
const console = {log: __log, error: __log};
const util = __named('util', {
  error: (message, type = null, data = null, info = null) => { throw {appsync: {message, type, data, info}}; },
  appendError: (message, type = null, data = null, info = null) => { __told.errors.push({message, type, data, info}); },
  unauthorized: () => { throw {appsync: {message: 'Unauthorized', type: 'Unauthorized', data: null, info: null}}; },
  time: __named('util.time', {nowISO8601: () => new Date().toISOString()}),
});
const runtime = __named('runtime', {earlyReturn: (value) => { throw {early: value}; }});
const __run = (handler, ctx) => {
  try {
    const value = handler(ctx);
    return JSON.stringify({value: value === undefined ? null : value, stash: ctx.stash, ...__told});
  } catch (thrown) {
    if (thrown && thrown.appsync) return JSON.stringify({error: thrown.appsync, ...__told});
    if (thrown && 'early' in Object(thrown)) return JSON.stringify({early: thrown.early, ...__told});
    return JSON.stringify({error: {message: String(thrown), type: 'Code', data: null, info: null}, ...__told});
  }
};
"""


class RefusedCodeError(Exception):
    """The code asks for what is not here."""


@dataclass
class Evaluated:
    """What a handler gave: its value, or the error that it raised, and what it said besides."""

    value: Any = None
    error: dict[str, Any] | None = None
    returned_early: bool = False
    stash: dict[str, Any] = field(default_factory=dict)
    appended: list[dict[str, Any]] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    """Where V8 reports, for as long as the process lives: what is cut off for its time reports late."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True, name="resolvers").start()
    return loop


def evaluate(code: str, handler: str, context: dict[str, Any]) -> Evaluated:
    """Run `handler` of a resolver's code. Raises RefusedCodeError for a module that isn't here."""
    strange = [found["module"] for found in IMPORT.finditer(code) if found["module"] != UTILS]
    if strange:
        raise RefusedCodeError(f"The embedded cloud has no module {strange[0]} for resolvers.")
    plain = EXPORT.sub("", IMPORT.sub("", code))
    with mini_racer(_loop()) as engine:
        try:
            engine.eval(PRELUDE + plain, timeout_sec=SECONDS)
            text = engine.eval(f"__run({handler}, {json.dumps(context)})", timeout_sec=SECONDS)
        except JSEvalException as problem:
            told = str(problem).strip().splitlines()
            return Evaluated(error={"message": told[-1] if told else "no reason", "type": "Code"})
    found = json.loads(str(text))
    return Evaluated(
        value=found.get("early", found.get("value")),
        error=found.get("error"),
        returned_early="early" in found,
        stash=found.get("stash") or {},
        appended=found["errors"],
        logs=found["logs"],
    )

// For libstdc++'s headers on musl: the locale's character tests are declared and never used by us.
// Their bodies are in libstdc++.a for glibc only, so using one fails at link time, not at run time.

// Command local runs the whole product on this machine without containers: `local demo` with simulated vendors, `local up` with
// the real vendors that .env names. `make demo` and `make up` call it.
package main

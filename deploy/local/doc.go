// Command local runs the whole product on this machine, without containers: `local demo` with simulated vendors, `local up`
// with the real ones that .env names. It is what `make demo` and `make up` call.
package main

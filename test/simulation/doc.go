// Package simulation runs lives of the product in one process, in virtual time, from one seed.
//
// A life has the real workflows, activities, domain code, webhook receiver and store. Both vendors run in the process and are
// reached through the clients' transport; Temporal is the package server; PostgreSQL is real, but asks the life for the time.
// Every call, statement, task and delivery is a point: it waits until the life lets it go, alone. At a point the life may lose
// the reply, refuse, delay, crash or freeze the worker, terminate a workflow, or let a person act. After the last event the faults
// stop, a few reconciliations run, and the oracle checks the promises from what the vendors hold and what people did.
//
// What happens at a point depends on nothing but the seed and the name of the point. A failing life is therefore repeated exactly,
// and shrunk: events and faults are left out one by one as long as the same promise breaks. What remains is printed as a story.
//
//	make simulate MINUTES=2        # seeds 1, 2, 3, …
//	make simulate SEED=7           # the life of one seed, with its trace
package simulation

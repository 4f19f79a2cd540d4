package importer

import (
	"math"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

const (
	// overhead is the time that a call takes besides Accelo's part: our own database and processing.
	overhead = 4 * time.Millisecond
	// restartDelay is how much later than the reset of Accelo's budget bulk work continues: the reset is given in whole seconds, and
	// waiting calls restart at different times.
	restartDelay = 1200 * time.Millisecond
)

// estimate returns how many seconds an import with this many calls to Accelo takes, at the pace of the plan's own calls and within
// Accelo's hourly budget. Reading is how long the plan took.
func estimate(run store.Import, calls int, reading time.Duration, c tenant.Connection) float64 {
	pace := overhead
	if run.AcceloCalls > 0 {
		pace += time.Duration(run.AcceloMillis) * time.Millisecond / time.Duration(run.AcceloCalls)
	}
	state := c.Accelo.Budget().State()
	budget := rules.Budget{ // the import reads Accelo again, like the plan did
		Known: state.Known, Limit: state.Limit, Remaining: state.Remaining - int(run.AcceloCalls), Reserve: state.Reserve,
		UntilReset: time.Until(state.Reset) + restartDelay, Window: state.Window + restartDelay,
	}
	took := rules.Estimate(calls, pace/accelo.DefaultBulkConcurrency, budget)
	return math.Round((reading.Seconds()+took.Seconds())*10) / 10 // the sum as a duration could overflow
}

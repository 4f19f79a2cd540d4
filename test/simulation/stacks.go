package simulation

import (
	"runtime"

	"go.temporal.io/sdk/worker"
)

// roomyTuner gives the SDK's goroutines room for what they are about to do. Each task has a goroutine of its own, whose stack would
// otherwise be copied six times on its way to 128 kB, which took an eighth of a life's time.
type roomyTuner struct{ worker.WorkerTuner }

// newTuner returns a tuner with as many slots as the product's worker has.
func newTuner() (worker.WorkerTuner, error) {
	const slots = 64
	fixed, err := worker.NewFixedSizeTuner(worker.FixedSizeTunerOptions{
		NumWorkflowSlots: slots, NumActivitySlots: slots, NumLocalActivitySlots: slots, NumNexusSlots: slots,
	})
	return roomyTuner{fixed}, err
}

// GetWorkflowTaskSlotSupplier implements worker.WorkerTuner.
func (t roomyTuner) GetWorkflowTaskSlotSupplier() worker.SlotSupplier {
	return roomySupplier{t.WorkerTuner.GetWorkflowTaskSlotSupplier()}
}

// GetActivityTaskSlotSupplier implements worker.WorkerTuner.
func (t roomyTuner) GetActivityTaskSlotSupplier() worker.SlotSupplier {
	return roomySupplier{t.WorkerTuner.GetActivityTaskSlotSupplier()}
}

type roomySupplier struct{ worker.SlotSupplier }

// MarkSlotUsed is the first thing that happens in a task's goroutine.
func (s roomySupplier) MarkSlotUsed(info worker.SlotMarkUsedInfo) {
	growStack()
	s.SlotSupplier.MarkSlotUsed(info)
}

// growStack makes the stack of a goroutine large at once, while there is little on it to copy.
//
//go:noinline
func growStack() {
	var room [72 << 10]byte
	runtime.KeepAlive(&room[0])
}

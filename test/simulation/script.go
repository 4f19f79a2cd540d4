package simulation

import (
	"fmt"
	"slices"
	"time"

	"ninjaone-accelo/internal/flow"
)

// event is an act of the script.
type scheduledAct struct {
	id string
	at time.Duration
	act
}

// script draws the events of a life.
func (l *life) script() []scheduledAct {
	var events []scheduledAct
	for i := range l.plan.events {
		id := fmt.Sprintf("event %d", i+1)
		event := scheduledAct{id: id, act: l.drawAct(id)}
		event.at = time.Duration(chance(l.seed, id+"/at") * float64(l.plan.length)).Round(time.Millisecond)
		if draw(l.seed, id+"/burst")%3 == 0 && i > 0 {
			event.at = events[i-1].at + time.Duration(draw(l.seed, id+"/gap")%3000)*time.Millisecond
		}
		if i == 0 {
			event.name = alertFires
		}
		events = append(events, event)
	}
	if l.plan.records {
		events = append(events, scheduledAct{id: "the import at the end", at: l.plan.length, act: act{name: importStarts}})
	}
	slices.SortStableFunc(events, func(a, b scheduledAct) int { return int(a.at - b.at) })
	return events
}

// play lets the script happen.
func (l *life) play() {
	if l.plan.imported {
		l.calm = true
		if err := l.importAll(); err != nil {
			l.problemf("import: %v", err)
			return
		}
		l.calm = false
	}
	l.begin = time.Now()
	next := interval
	for _, event := range l.script() {
		if l.keep != nil && !l.keep[event.id] {
			continue
		}
		for ; next <= event.at; next += interval {
			l.runTo(next)
			l.reconcile(false)
		}
		l.runTo(event.at)
		if l.failed() {
			return
		}
		l.happened = append(l.happened, happening{id: event.id, at: l.at()})
		at := len(l.happened) - 1
		done := l.perform(event.act)
		l.people.tick()
		if done == "" {
			done = event.name + ", but there is none"
		}
		l.happened[at].text = done
		l.tracef("EVENT %s", done)
	}
	l.runTo(next)
}

// runTo lets the life go on until it has lasted so long.
func (l *life) runTo(at time.Duration) {
	for until := l.begin.Add(at); ; {
		first := until
		for _, c := range l.later {
			if c.at.Before(first) {
				first = c.at
			}
		}
		l.run(first)
		l.correct()
		if l.failed() || !first.Before(until) {
			return
		}
	}
}

// settle stops the faults and reconciles until everything must be in place.
func (l *life) settle() {
	l.calm = true
	l.runTo(l.at() + interval)
	l.resume()
	for n := range 4 {
		l.tracef("RECONCILE")
		l.reconcile(n == 3)
		l.run(time.Now().Add(interval))
		if l.failed() {
			return
		}
	}
	if l.plan.records { // what NinjaOne says last must arrive
		if err := l.importAll(); err != nil {
			l.problemf("the last import: %v", err)
		}
	}
}

// importAll runs a full import to its end.
func (l *life) importAll() error {
	run, err := l.launcher.FullImport(l.background(), connection, false)
	if err != nil {
		return err
	}
	l.run(time.Now().Add(time.Minute))
	for _, e := range l.temporal.Executions() {
		if e.RunID == run.GetRunID() && e.Status != "completed" {
			return fmt.Errorf("%s is %s: %s", flow.FullImportID(connection), e.Status, e.Failure)
		}
	}
	return nil
}

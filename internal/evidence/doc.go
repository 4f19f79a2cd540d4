// Package evidence asks NinjaOne about a single alert or device, because a list proves neither that something ended nor what it leaves
// out: the activity log says what became of an alert and how severe it is, the device's own list whether it is still active, and the
// device itself whether it still exists.
//
// It decides nothing: the reconciliation and the import draw the conclusions. It may write only what it has learned. It may not import
// Temporal or activities.
package evidence

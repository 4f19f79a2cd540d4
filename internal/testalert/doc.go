// Package testalert sends a test alert through the whole chain. NinjaOne's API can't create an alert, so the test begins with a delivery
// to the connection's public webhook address, as NinjaOne would send it; what follows is the workflow of any alert.
//
// It decides whether a test can begin, sends deliveries, and reads how far the alert has come. It may not open or close anything itself,
// call a vendor, or import Temporal or activities.
package testalert

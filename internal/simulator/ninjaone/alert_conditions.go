package ninjaone

import (
	"fmt"
	"slices"
)

// AlertSpec describes an alert to trigger. Empty members come from one of the simulated policy conditions, some of which
// configure no Severity and Priority; "NONE" sets them explicitly.
type AlertSpec struct {
	Severity, Priority string
	// SourceConfigUID identifies the policy condition, which many devices share (ninjaone.md 5.2).
	SourceConfigUID string
	Subject         string
	Message         string
	SourceType      string
}

// condition is a policy condition that can trigger an alert.
type condition struct {
	configUID, sourceType, name, sourceName, subject, message, cleared, code string
	severity, priority                                                       string
}

// conditions returns the conditions of the simulated policies. Their UIDs are fixed because recurrences share them.
func conditions() []condition {
	return []condition{
		{
			"205b85b2-8a12-4123-834f-164be08b3314", "CONDITION_VM_AGGREGATE_CPU_USAGE", "Memory", "_average_", "",
			"Memory Utilization is greater than or equal to 80% for 5 minutes", "Memory Utilization is less than 80%", "vmm_cond_memory_usage", "", "",
		},
		{
			"cae74b14-cac8-4c35-8dea-f6ed59622602", "CONDITION_WINDOWS_EVENT_LOG_TRIGGERED", "Kernel power", "", "41",
			"EventId: 41, Source: Microsoft-Windows-Kernel-Power, Message: The system has rebooted without cleanly shutting down first.",
			"Event 41 was not seen again", "agent_cond_eventlog2", "CRITICAL", "HIGH",
		},
		{
			"0d5d3f7e-6f0b-4d53-9c63-0a3f2f9b7c11", "CONDITION_AGENT_DISK_FREE_SPACE", "Disk space", "C:", "C:",
			"Disk C: has less than 5% <free> space\n(“Daten” & more)", "Disk C: has more than 5% free space", "agent_cond_disk_free", "MAJOR", "HIGH",
		},
		{
			"7b1c8a54-2f0e-4f7f-8a86-3d1f2f6a9e22", "AGENT_OFFLINE", "Device down", "", "", "Device has been offline for 10 minutes",
			"Device is online", "agent_offline", "MODERATE", "MEDIUM",
		},
		{
			"f3a9c2d1-90ab-4cde-8f01-23456789abcd", "CONDITION_WINDOWS_SERVICE_STATE_CHANGED", "Service stopped", "", "Spooler",
			"Windows service 'Spooler' is Stopped", "Windows service 'Spooler' is Running", "agent_cond_service", "MINOR", "LOW",
		},
		{
			"1e4d6f80-1111-4222-8333-444455556666", "CONDITION_PENDING_REBOOT", "Pending reboot", "", "", "A reboot is pending",
			"The reboot was done", "agent_cond_reboot", "NONE", "NONE",
		},
	}
}

// condition returns the condition that the spec identifies, or one chosen by n, with the spec's members applied.
func (spec AlertSpec) condition(n int64) condition {
	all := conditions()
	chosen := all[int(n%int64(len(all)))]
	if spec.SourceConfigUID != "" {
		if at := slices.IndexFunc(all, func(c condition) bool { return c.configUID == spec.SourceConfigUID }); at >= 0 {
			chosen = all[at]
		}
		chosen.configUID = spec.SourceConfigUID
	}
	override := func(member *string, value string) {
		if value != "" {
			*member = value
		}
	}
	override(&chosen.severity, spec.Severity)
	override(&chosen.priority, spec.Priority)
	override(&chosen.subject, spec.Subject)
	override(&chosen.message, spec.Message)
	override(&chosen.sourceType, spec.SourceType)
	return chosen
}

// check returns an error if a value is not part of the vendor's enumerations.
func (spec AlertSpec) check() error {
	if spec.Severity != "" && !slices.Contains(severities, spec.Severity) {
		return fmt.Errorf("unknown severity %q (use one of %v)", spec.Severity, severities)
	}
	if spec.Priority != "" && !slices.Contains(priorities, spec.Priority) {
		return fmt.Errorf("unknown priority %q (use one of %v)", spec.Priority, priorities)
	}
	if spec.SourceType != "" && !slices.Contains(sourceTypes, spec.SourceType) {
		return fmt.Errorf("unknown source type %q", spec.SourceType)
	}
	return nil
}

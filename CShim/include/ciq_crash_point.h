// Dying at a named step of the protocol, for the crash matrix.
//
// Why C: plain counters that every thread and a forked child may touch, without a lock and without
// a Swift global.
#pragma once
#include <stdint.h>

/// Sends `signal` to this process the `visit`-th time that it reaches `point`; not to its children.
void ciq_crash_point_arm(uint8_t point, int signal, uint32_t visit);
void ciq_crash_point_reached(uint8_t point);
/// How often this process has reached `point`.
uint32_t ciq_crash_point_visits(uint8_t point);

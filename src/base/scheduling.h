// Which threads of the process have a processor first. Everything here is a wish: what the kernel refuses, or is too
// old for, changes how long calls take, and nothing else.
#pragma once

namespace claviger {

// Of the calling thread and those that it starts from now on: one that is woken does not interrupt the one that woke
// it, so that work gathers into larger pieces, but it does interrupt threads that give way. On kernels without slices
// of one's own (Linux before 6.12) it interrupts neither.
void prefer_throughput();

// The calling thread computes for long: threads that do not give way come first, and interrupt it.
void give_way();

}  // namespace claviger

// `athanor-worker --versions` and `--probe`: what the tensor side says of itself and how fast it is here, as one JSON object.
// Thread: main.
#pragma once

namespace athanor::worker {

/// Loads the tensor module and prints its facts on standard output. 1 when it is absent or does not load, with the reason.
int printVersions();
/// The same with the speed of this machine, measured in about two seconds.
int printProbe();

}  // namespace athanor::worker

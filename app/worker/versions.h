// `athanor-worker --versions`: what the tensor side says of itself, as one JSON object. Thread: main.
#pragma once

namespace athanor::worker {

/// Loads the tensor module and prints its facts on standard output. 1 when it is absent or does not load, with the reason.
int printVersions();

}  // namespace athanor::worker

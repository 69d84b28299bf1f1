#include "core/network/observer.h"

#include <utility>

namespace athanor::network {

namespace {

thread_local PassObserver *watching = nullptr;

}  // namespace

PassObserver::~PassObserver() = default;

PassObserver *PassObserver::current() { return watching; }

ObserverGuard::ObserverGuard(PassObserver *observer) : m_before(std::exchange(watching, observer)) {}

ObserverGuard::~ObserverGuard() { watching = m_before; }

}  // namespace athanor::network

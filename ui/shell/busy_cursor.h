// The cursor that says "wait" while the window's own thread works for up to a few seconds. Thread: the window's.
#pragma once

#include <QGuiApplication>

namespace athanor::shell {

class BusyCursor {
public:
    BusyCursor() { QGuiApplication::setOverrideCursor(Qt::WaitCursor); }
    ~BusyCursor() { QGuiApplication::restoreOverrideCursor(); }
    BusyCursor(const BusyCursor &) = delete;
    BusyCursor &operator=(const BusyCursor &) = delete;
};

}  // namespace athanor::shell

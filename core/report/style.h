// The report's style sheet. Private to the room. Thread: safe.
#pragma once

#include <QByteArray>

namespace athanor::report {

QByteArray styleSheet();

}  // namespace athanor::report

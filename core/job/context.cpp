#include "core/job/context.h"

namespace athanor::job {

tl::unexpected<Error> stoppedHere(const QString &whatIsKept)
{
    return fail(ErrorCode::Cancelled, whatIsKept);
}

void HandlerTable::add(std::unique_ptr<Handler> handler)
{
    if (handler)
        m_handlers.push_back(std::move(handler));
}

Handler *HandlerTable::find(const QString &kind) const
{
    for (const auto &handler : m_handlers)
        if (handler->kind() == kind)
            return handler.get();
    return nullptr;
}

QStringList HandlerTable::kinds() const
{
    QStringList kinds;
    for (const auto &handler : m_handlers)
        kinds += handler->kind();
    return kinds;
}

}  // namespace athanor::job

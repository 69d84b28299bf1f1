#include "core/tensor/guard.h"

#include <QCoreApplication>

#include <exception>
#include <new>

namespace athanor::tensor {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Error outOfMemory(const QString &doing, const QString &detail)
{
    return {ErrorCode::OutOfMemory, tr("Memory ran out while %1.").arg(doing),
            tr("Choose a smaller batch, a shorter context or a smaller model, or close other programs."), detail};
}

// The processor's allocator throws a plain c10::Error when it fails; its text is the only sign. So is that of libraries
// that a graphics card is used through.
bool tellsOfMemory(const QString &text)
{
    return text.contains(QLatin1String("can't allocate memory")) || text.contains(QLatin1String("not enough memory"))
        || text.contains(QLatin1String("out of memory")) || text.contains(QLatin1String("bad_alloc"));
}

}  // namespace

Error errorFromCurrentException(const QString &doing)
{
    try {
        throw;
    } catch (const std::bad_alloc &) {
        return outOfMemory(doing, QStringLiteral("std::bad_alloc"));
    } catch (const c10::OutOfMemoryError &error) {
        return outOfMemory(doing, QString::fromUtf8(error.what()));
    } catch (const c10::Error &error) {
        const QString first = QString::fromUtf8(error.what_without_backtrace());
        if (tellsOfMemory(first))
            return outOfMemory(doing, QString::fromUtf8(error.what()));
        return {ErrorCode::External, tr("The tensor library failed while %1: %2").arg(doing, first),
                tr("The job's log holds the details."), QString::fromUtf8(error.what())};
    } catch (const std::exception &error) {
        const QString text = QString::fromUtf8(error.what());
        if (tellsOfMemory(text))
            return outOfMemory(doing, text);
        return {ErrorCode::External, tr("The tensor library failed while %1: %2").arg(doing, text),
                tr("The job's log holds the details."), text};
    } catch (...) {
        return {ErrorCode::Internal, tr("Something unknown failed while %1.").arg(doing), {}, {}};
    }
}

Status backward(const torch::Tensor &loss)
{
    return guarded(tr("computing gradients"), [&] { loss.backward(); });
}

}  // namespace athanor::tensor

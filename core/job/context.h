// The worker's side of a job: what a handler may do. Role: emits events, answers control, tells where files go.
// Thread: report/metric/log/sample/artifact may be called from any thread of the worker.
#pragma once

#include "core/base/progress.h"
#include "core/job/spec.h"
#include "core/plugin/catalogue.h"

#include <QMap>

#include <memory>
#include <vector>

namespace athanor::job {

class ATHANOR_EXPORT Context : public ProgressSink {
public:
    virtual const Spec &spec() const = 0;
    virtual QString projectPath() const = 0;   // absolute
    virtual QString jobPath() const = 0;       // absolute; the handler may make files and folders in it
    virtual int attempt() const = 0;           // 1 for the first; more when resumed
    virtual plugin::Catalogue &plugins() = 0;

    // ---- events (report() of ProgressSink is one; it is thinned to 10 a second, phase changes always pass)
    virtual void metric(qint64 step, const QMap<QString, double> &values) = 0;
    virtual void log(const QString &level, const QString &text) = 0;
    virtual void sample(qint64 step, const QString &prompt, const QString &text, const QString &label) = 0;
    virtual void artifact(qint64 step, const QString &kind, const QString &path, const QJsonObject &facts) = 0;

    // ---- control; reading is cheap, a thread of the context watches control.jsonl and acknowledges within 1 s
    virtual CancelToken cancelToken() const = 0;     // set by cancel
    virtual bool pauseRequested() const = 0;         // the handler stops at its next safe point and returns pausedHere()
    virtual bool takeCheckpointRequest() = 0;        // true once per request
    virtual QList<QJsonObject> takeMessages() = 0;   // other control actions meant for the handler
};

/// What a handler returns when it stopped for a pause or a cancel: an Error of code Cancelled whose message says what is kept.
ATHANOR_EXPORT tl::unexpected<Error> stoppedHere(const QString &whatIsKept);

/// The kinds of job. Text-side handlers are linked into the worker; tensor-side ones come from one module,
/// lib/athanor/athanor_tensor_side.so, loaded when a job of one of its kinds runs.
class ATHANOR_EXPORT Handler {
public:
    virtual ~Handler() = default;
    virtual QString kind() const = 0;
    /// Runs to the end and returns the result object for the final state event; its shape is the kind's contract.
    virtual Result<QJsonObject> run(Context &context) = 0;
};

class ATHANOR_EXPORT HandlerTable {
public:
    void add(std::unique_ptr<Handler> handler);
    Handler *find(const QString &kind) const;
    QStringList kinds() const;

private:
    std::vector<std::unique_ptr<Handler>> m_handlers;
};

/// The one symbol of the tensor module: `extern "C" ATHANOR_EXPORT void athanorAddTensorHandlers(athanor::job::HandlerTable *)`.
inline constexpr char kTensorModuleName[] = "athanor_tensor_side";
inline constexpr char kTensorModuleSymbol[] = "athanorAddTensorHandlers";
/// `extern "C" void athanorTensorFacts(QJsonObject *)`: versions, threads and number formats, for `doctor`.
inline constexpr char kTensorFactsSymbol[] = "athanorTensorFacts";
/// `extern "C" void athanorTensorProbe(QJsonObject *)`: the speed of this machine, measured in two seconds, for `doctor --probe`.
inline constexpr char kTensorProbeSymbol[] = "athanorTensorProbe";

}  // namespace athanor::job

// See checkpoint_writer.h.
#include "core/train/checkpoint_writer.h"

#include "core/base/machine.h"
#include "core/tensor/guard.h"

#include <QCoreApplication>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

Status copyTensors(CheckpointContents &contents)
{
    return tensor::guarded(tr("copying the weights for a checkpoint"), [&] {
        torch::NoGradGuard noGradients;
        for (auto *tensors : {&contents.weights, &contents.optimizer}) {
            for (NamedState &entry : *tensors)
                entry.tensor = entry.tensor.detach().to(torch::kCPU, false, true);  // a copy in any case
        }
    });
}

}  // namespace

CheckpointWriter::CheckpointWriter(CheckpointStore store) : m_store(std::move(store)), m_thread([this] { work(); }) {}

CheckpointWriter::~CheckpointWriter()
{
    wait();
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_changed.notify_all();
    m_thread.join();
}

void CheckpointWriter::begin(CheckpointContents contents)
{
    wait();
    const bool hasRoom = machineFacts().freeMemoryBytes > 4 * checkpointBytes(contents);
    const bool copied = hasRoom && copyTensors(contents);
    {
        const std::lock_guard lock(m_mutex);
        m_pending = std::move(contents);
        m_busy = true;
    }
    m_changed.notify_all();
    if (!copied)
        wait();
}

std::optional<WriteOutcome> CheckpointWriter::takeOutcome()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_outcome, std::nullopt);
}

void CheckpointWriter::wait()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return !m_busy; });
}

bool CheckpointWriter::isBusy()
{
    const std::lock_guard lock(m_mutex);
    return m_busy;
}

void CheckpointWriter::work()
{
    for (;;) {
        CheckpointContents contents;
        {
            std::unique_lock lock(m_mutex);
            m_changed.wait(lock, [this] { return m_pending || m_stop; });
            if (m_stop)
                return;
            contents = std::move(*m_pending);
            m_pending.reset();
        }
        auto written = tensor::guarded(tr("writing a checkpoint"), [&] { return m_store.write(contents); });
        WriteOutcome outcome{contents.step, written ? *written : Result<CheckpointFacts>(fail(written.error()))};
        contents = {};
        {
            const std::lock_guard lock(m_mutex);
            m_outcome = std::move(outcome);
            m_busy = false;
        }
        m_changed.notify_all();
    }
}

}  // namespace athanor::train

// The tensor side's entry. See README.md.
#include "core/generate/handlers.h"
#include "core/score/handlers.h"
#include "core/tensor/machine.h"
#include "core/train/handlers.h"

extern "C" ATHANOR_EXPORT void athanorAddTensorHandlers(athanor::job::HandlerTable *table)
{
    table->add(std::make_unique<athanor::train::TrainHandler>());
    table->add(std::make_unique<athanor::train::ProbeHandler>());
    table->add(std::make_unique<athanor::train::MeasureHandler>());
    table->add(std::make_unique<athanor::train::FindRateHandler>());
    table->add(std::make_unique<athanor::train::AdapterHandler>());
    table->add(std::make_unique<athanor::generate::GenerateHandler>());
    table->add(std::make_unique<athanor::generate::PromptsHandler>());
    table->add(std::make_unique<athanor::generate::ChatHandler>());
    table->add(std::make_unique<athanor::score::EvaluateHandler>());
    table->add(std::make_unique<athanor::score::ExportHandler>());
    table->add(std::make_unique<athanor::score::LogitsHandler>());
}

extern "C" ATHANOR_EXPORT void athanorTensorProbe(QJsonObject *rates)
{
    athanor::tensor::keepLargeBlocks();
    athanor::tensor::setThreadCount(0);
    if (const auto probe = athanor::tensor::probeSpeed())
        *rates = {{QStringLiteral("f32FlopsPerSecond"), probe->f32FlopsPerSecond}, {QStringLiteral("bf16FlopsPerSecond"), probe->bf16FlopsPerSecond}};
    if (const auto memory = athanor::tensor::probeMemory())
        rates->insert(QStringLiteral("memoryBytesPerSecond"), *memory);
}

extern "C" ATHANOR_EXPORT void athanorTensorFacts(QJsonObject *facts)
{
    athanor::tensor::setThreadCount(0);
    *facts = athanor::tensor::tensorFacts();
}

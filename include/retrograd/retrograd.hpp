// Everything a program needs: describe a network, load data, train, evaluate, predict, save, load.
//
//     using namespace retrograd;
//     const Loaded loaded = load_training("table.csv", {.targets = {"price"}});
//     const Trained trained = train(make_network(loaded.spec, loaded.data, {}), loaded.spec, loaded.data, nullptr, {});
//     trained.model.save("model.onnx");
#pragma once

#include "retrograd/calibrate.hpp"
#include "retrograd/data.hpp"
#include "retrograd/diagnose.hpp"
#include "retrograd/error.hpp"
#include "retrograd/evaluate.hpp"
#include "retrograd/explain.hpp"
#include "retrograd/export.hpp"
#include "retrograd/folds.hpp"
#include "retrograd/gradcheck.hpp"
#include "retrograd/metrics.hpp"
#include "retrograd/model.hpp"
#include "retrograd/network.hpp"
#include "retrograd/parity.hpp"
#include "retrograd/preset.hpp"
#include "retrograd/receipt.hpp"
#include "retrograd/report.hpp"
#include "retrograd/search.hpp"
#include "retrograd/start_from.hpp"
#include "retrograd/train.hpp"
#include "retrograd/version.hpp"

// The only list of rooms. A new operator is a folder beside this file and two lines in it; a room that lacks an
// obligation of the concept Room does not compile here.
#pragma once

#include "ops/absolute/absolute.hpp"
#include "ops/add/add.hpp"
#include "ops/affine/affine.hpp"
#include "ops/batch_norm/batch_norm.hpp"
#include "ops/blend/blend.hpp"
#include "ops/clip/clip.hpp"
#include "ops/concat/concat.hpp"
#include "ops/dropout/dropout.hpp"
#include "ops/elu/elu.hpp"
#include "ops/embed/embed.hpp"
#include "ops/gelu/gelu.hpp"
#include "ops/heads/heads.hpp"
#include "ops/huber/huber.hpp"
#include "ops/identity/identity.hpp"
#include "ops/impute/impute.hpp"
#include "ops/interpolate/interpolate.hpp"
#include "ops/is_missing/is_missing.hpp"
#include "ops/layer_norm/layer_norm.hpp"
#include "ops/leaky_relu/leaky_relu.hpp"
#include "ops/linear/linear.hpp"
#include "ops/mean/mean.hpp"
#include "ops/mish/mish.hpp"
#include "ops/one_hot/one_hot.hpp"
#include "ops/periodic/periodic.hpp"
#include "ops/piecewise/piecewise.hpp"
#include "ops/relu/relu.hpp"
#include "ops/scale/scale.hpp"
#include "ops/selu/selu.hpp"
#include "ops/shared_linear/shared_linear.hpp"
#include "ops/sigmoid/sigmoid.hpp"
#include "ops/sigmoid_bce/sigmoid_bce.hpp"
#include "ops/silu/silu.hpp"
#include "ops/slice/slice.hpp"
#include "ops/smooth_clip/smooth_clip.hpp"
#include "ops/softmax/softmax.hpp"
#include "ops/softmax_xent/softmax_xent.hpp"
#include "ops/softplus/softplus.hpp"
#include "ops/spread/spread.hpp"
#include "ops/squared/squared.hpp"
#include "ops/standardise/standardise.hpp"
#include "ops/tanh/tanh.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::ops {

template <Room... R>
struct RoomList {};

// clang-format off
using Rooms = RoomList<
    Linear
  , Identity
  , Relu
  , LeakyRelu
  , Elu
  , Selu
  , Gelu
  , Silu
  , Mish
  , Softplus
  , Tanh
  , Sigmoid
  , Squared
  , SoftmaxXent
  , Standardise
  , Absolute
  , Huber
  , Softmax
  , Add
  , Concat
  , Impute
  , IsMissing
  , OneHot
  , SigmoidBce
  , Dropout
  , LayerNorm
  , BatchNorm
  , SmoothClip
  , Clip
  , Scale
  , Blend
  , Mean
  , Periodic
  , Piecewise
  , Embed
  , Spread
  , SharedLinear
  , Affine
  , Heads
  , Slice
  , Interpolate
>;
// clang-format on

}  // namespace retrograd::ops

export {
  Component, Fragment, StrictMode, Suspense, createContext, createElement, memo, startTransition,
  use, useActionState, useCallback, useContext, useDeferredValue, useEffect, useEffectEvent, useId,
  useLayoutEffect, useMemo, useOptimistic, useReducer, useRef, useState, useSyncExternalStore,
  useTransition,
} from "react";
export { createRoot } from "react-dom/client";

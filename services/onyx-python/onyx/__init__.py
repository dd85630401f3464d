# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Onyx core of the reference platform in Python: what services/onyx does, with the same stores and tables.

It knows of metrics what a service of your own would: recorders where the catalogue's metrics need them. All else is the preload's.
"""
